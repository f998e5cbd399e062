/** Users of the server whose mailboxes are watched. */
export const WATCHED_PASSWORD = 'bench';
export const watchedUser = (number: number) => `user-${number}`;
