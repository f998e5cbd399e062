import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Once before all tests in guests, which run the compiled program. */
export default async function compile(): Promise<void> {
  await promisify(execFile)('npm', ['run', 'build']);
}
