import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { readIfThere, writeDurable } from '../base/durable.ts';
import { nodeFiles } from '../base/files.ts';

/** PEM texts for a TLS server. A self-signed certificate is also the `ca` that its clients are given. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const YEARS_VALID = 10;

/** The configured certificate, or the self-signed one in `directory`, made for `name` at the first start. */
export async function serverCertificate(
  directory: string,
  options: { name: string; cert?: string | undefined; key?: string | undefined },
): Promise<Certificate> {
  if (options.cert && options.key) {
    return { cert: await readFile(options.cert, 'utf8'), key: await readFile(options.key, 'utf8') };
  }
  await nodeFiles.makeDirectory(directory);
  const certPath = join(directory, `${options.name}.crt`);
  const keyPath = join(directory, `${options.name}.key`);
  const [cert, key] = await Promise.all([readIfThere(certPath), readIfThere(keyPath)]);
  if (cert && key) return { cert: cert.toString(), key: key.toString() };
  const made = await makeCertificate(options.name);
  await writeDurable(keyPath, made.key);
  await writeDurable(certPath, made.cert);
  return made;
}

/** A self-signed P-256 certificate: small on the air, and what Cyrus and Dovecot want first. */
export async function makeCertificate(name: string): Promise<Certificate> {
  const now = Date.now();
  const names = [name, 'localhost'].filter((one, index, all) => all.indexOf(one) === index && !isIP(one));
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now - 86_400_000),
    notAfterDate: new Date(now + YEARS_VALID * 365 * 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          ...names.map((value) => ({ type: 2 as const, value })),
          { type: 7 as const, ip: isIP(name) ? name : '127.0.0.1' },
        ],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}
