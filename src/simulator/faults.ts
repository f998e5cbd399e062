/** What a modem does wrong. Every field may be changed while it runs; `noFaults()` is the good modem. */
export interface Faults {
  /** Says nothing at all, not even an echo; what it is told has its effect. */
  silent: boolean;
  /** Answers ERROR to every command. */
  refuseAll: boolean;
  /** Random bytes before every reply. */
  garbageBytes: number;
  /** Hands out at most so many bytes at once; 0: as they come. */
  splitWrites: number;
  /** Leaves out every n-th byte that it sends; 0: none. */
  dropEveryNth: number;
  /** Unsolicited lines come between the information lines and the final result; a text is put into every reply. */
  urcInsideReply: boolean | string;
  /** Rings without +CLIP, though that is on. */
  missingClip: boolean;
  /** The SMS store has no room. */
  fullSmsStore: boolean;
  /** Swallows `+CMTI` and `+CMT`. */
  missingCmti: boolean;
  /** Refuses to open data connections with this error number of the dialect; 0: none. */
  connectError: number;
}

export function noFaults(): Faults {
  return {
    silent: false,
    refuseAll: false,
    garbageBytes: 0,
    splitWrites: 0,
    dropEveryNth: 0,
    urcInsideReply: false,
    missingClip: false,
    fullSmsStore: false,
    missingCmti: false,
    connectError: 0,
  };
}
