/**
 * What the product does, step by step, for people to watch: `ringpost demo` shows them as a timeline,
 * `ringpost device` and `ringpost server` print them on a terminal. Not a log: no wire details.
 */
export type StepName =
  // mail server
  | 'stored'
  | 'first-trigger'
  // message server
  | 'address-book'
  | 'refused'
  | 'held-back'
  | 'released'
  | 'sms-sent'
  | 'call-placed'
  | 'request-sent'
  | 'report-received'
  | 'retry'
  | 'gave-up'
  | 'settings'
  // cellular network, where it is simulated
  | 'sms'
  | 'call'
  // device
  | 'listening'
  | 'cmti'
  | 'ringing'
  | 'verified'
  | 'ignored'
  | 'hang-up'
  | 'data-session'
  | 'request'
  | 'submitted'
  | 'synchronised'
  | 'report'
  | 'closed'
  | 'swept'
  | 'failed';

export interface Step {
  readonly name: StepName;
  /** A short sentence for people. */
  readonly text: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

export type Observe = (step: Step) => void;

export const unobserved: Observe = () => {};
