import { childJob, sendAnswer } from './child.ts';
import { startBenchServer, type Tls } from './mail-account.ts';

/** The embedded mail server in a process of its own, so that its memory is not the client's. */
export interface ServerJob {
  readonly root: string;
  readonly tls: Tls;
}

export interface ServerAnswer {
  readonly imapPort: number;
}

const { root, tls } = childJob<ServerJob>();
const { imapPort } = await startBenchServer(root, tls);
sendAnswer({ imapPort } satisfies ServerAnswer);
