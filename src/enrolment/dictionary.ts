/**
 * What a text of version 1 is deflated against: some self-signed certificate as `ringpost server` makes them (RFC 5280 in
 * DER), for most of each is the same. Part of the format: it never changes, another one is another version.
 */
export const DICTIONARY = Buffer.from(
  [
    'MIIBaTCCARCgAwIBAgIJb0CfeA/nVDF7MAoGCCqGSM49BAMCMBQxEjAQBgNVBAMTCWxvY2FsaG9zdDAeFw0yNjExMjQyMDE4',
    'MzJaFw0zNjExMjIyMDE4MzJaMBQxEjAQBgNVBAMTCWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABGYrr67R',
    'oGTYsi/rsOdI/KQ7H+p/+BTzueB6PIHuIBNRae+bOtu9bowoVJ9bH+6AokIWvsGyOv2iiPBS6rUnp2WjSzBJMAkGA1UdEwQC',
    'MAAwCwYDVR0PBAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMBMBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcEfwAAATAKBggqhkjO',
    'PQQDAgNHADBEAiA6kNQ5scfvdCdVFwPbmIFcMhUeA3/TudBpG0FUvohe1AIgdHAgsqGKZf0T0cReTyRcXKOqbSfpk4NENYz9',
    'NEqsbao=',
  ].join(''),
  'base64',
);
