/** What the user is told in front of the text. */
export interface NoteFacts {
  /** Bytes of the message that are here, and that it has. */
  readonly here: number;
  readonly size: number;
  /** Text of the message follows. */
  readonly text: boolean;
}

/** The note as a MIME part, lines ending with LF; US-ASCII. */
export function noteOf({ here, size, text }: NoteFacts): string {
  return `Content-Type: text/plain; charset=us-ascii
Content-Disposition: inline

[ This mail is large: ${inWords(size)} bytes. Only the first ${inWords(here)} were
  brought to this handheld: ${text ? 'its header, and how its text begins.' : 'its header. They hold no text to be shown.'}

  The rest is at the mail server. To bring it now:

      ringpost fetch --config /etc/ringpost/device.toml

  It comes by itself with the next synchronisation over Wi-Fi. ]
`;
}

function inWords(bytes: number): string {
  return bytes.toLocaleString('en-GB');
}
