import { ModemError } from './errors.ts';
import type { RunningCommand } from './running-command.ts';

/** Code of everything that ends because its line did. */
export const LINE_CLOSED = { code: 'line-closed', temporary: true } as const;

export function timeoutError(running: RunningCommand, path: string, ms: number): ModemError {
  return new ModemError(`${running.shown} on ${path}: no answer within ${ms / 1000} s`, {
    code: 'timeout',
    temporary: true,
    fields: { command: running.shown, milliseconds: ms },
  });
}

export function abortError(running: RunningCommand, path: string, cause: unknown): ModemError {
  const fields = { command: running.shown };
  return new ModemError(`${running.shown} on ${path}: aborted`, { code: 'aborted', fields, cause });
}

export function noConnect(running: RunningCommand, path: string): ModemError {
  const fields = { command: running.shown };
  return new ModemError(`${running.shown} on ${path}: ended without CONNECT`, { code: 'no-carrier', fields });
}

export function closedError(running: RunningCommand, path: string, cause: unknown): ModemError {
  const message = `${running.shown} on ${path}: the line is closed`;
  return new ModemError(message, { ...LINE_CLOSED, fields: { command: running.shown }, cause });
}

export function silentError(path: string, after: string): ModemError {
  return new ModemError(`${path}: the modem does not answer, not even to AT (after ${after})`, {
    code: 'modem-silent',
    temporary: true,
    fields: { path, after },
  });
}
