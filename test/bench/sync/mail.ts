/** A new mail as an MTA leaves it, with LF, and a word that no other mail has. */
export interface Mail {
  readonly text: string;
  readonly word: string;
  /** RFC822.SIZE, bytes: with the CRLF that a server sends. */
  readonly size: number;
}

const WORDS =
  'the of and a to in is you that it he was for on are as with his they I at be this have from or one had by word but not what all were we when your can said there use an each which she do how their if will up other about out many then them these so some her would make like him into time has look two more write go see number no way could people my than first water been call who oil its now find long down day did get come made may part meeting report budget schedule invoice attached regards tomorrow project delivery customer question answer office contract please thank forward week month order number confirm'.split(
    ' ',
  );

/**
 * A mail of about `size` bytes: 2.9 kB of header, as mail has today (signatures that do not compress, hops), a text and, in the larger
 * ones, the same in HTML. The same seed gives the same mail.
 */
export function makeMail(seed: number, size: number): Mail {
  const random = generator(seed);
  const word = `ringpost${seed}x${Math.floor(random() * 1e9)}`;
  const head = header(random, word);
  const left = Math.max(200, size - head.length);
  const body = left < 6000 ? prose(random, left) : alternatives(random, left);
  const text = `${head}\n${body}`;
  return { text, word, size: text.length + text.split('\n').length - 1 };
}

/** mulberry32: the figures of two runs can be compared only when the mails are the same. */
function generator(seed: number): () => number {
  let state = (seed * 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function header(random: () => number, word: string): string {
  const base64 = (characters: number) => folded(noise(random, characters));
  const hop = (from: string, by: string) =>
    `Received: from ${from} (${from} [203.0.113.${Math.floor(random() * 250)}])
	by ${by} with ESMTPS id ${noise(random, 14)} (version=TLS1_3 cipher=TLS_AES_256_GCM_SHA384 bits=256/256)
	for <ada@mail.example>; Tue, 14 Nov 2023 22:13:20 +0000 (UTC)`;
  return `Return-Path: <grace@sender.example>
Delivered-To: ada@mail.example
${hop('mx.sender.example', 'mx.mail.example')}
Authentication-Results: mx.mail.example; dkim=pass (2048-bit key) header.d=sender.example; spf=pass; dmarc=pass
DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=sender.example; s=s1; h=from:to:subject:date:message-id;
	bh=${noise(random, 43)}=;
	b=${base64(344)}
${hop('relay.sender.example', 'mx.sender.example')}
${hop('smtp.sender.example', 'relay.sender.example')}
ARC-Seal: i=1; a=rsa-sha256; d=mail.example; s=arc; cv=none;
	b=${base64(344)}
ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=mail.example; s=arc; h=from:to:subject:date:message-id;
	bh=${noise(random, 43)}=;
	b=${base64(344)}
X-Spam-Checker: SpamAssassin 4.0.0 on mx.mail.example
X-Spam-Status: No, score=-2.1 required=5.0 tests=BAYES_00,DKIM_SIGNED,DKIM_VALID,DKIM_VALID_AU,SPF_PASS
From: Grace <grace@sender.example>
To: Ada <ada@mail.example>
Subject: ${sentence(random, 7)}
Date: Tue, 14 Nov 2023 22:13:19 +0000
Message-ID: <${word}@sender.example>
MIME-Version: 1.0
Content-Type: ${'multipart/alternative; boundary="=_part"'}
List-Unsubscribe: <https://sender.example/leave?u=${noise(random, 40)}>
X-Mailer: Mail 16.0
`;
}

function alternatives(random: () => number, length: number): string {
  const plain = prose(random, length * 0.25);
  const cell = (line: string) =>
    `<tr><td style="padding:0 24px 16px 24px;font-family:Helvetica,Arial,sans-serif;font-size:14px;color:#333333">${line}</td></tr>`;
  let html = '';
  while (html.length < length - plain.length) html += `${cell(sentence(random, 36))}\n`;
  return `--=_part\nContent-Type: text/plain; charset=utf-8\n\n${plain}\n--=_part\nContent-Type: text/html; charset=utf-8\n\n${html}--=_part--\n`;
}

function prose(random: () => number, length: number): string {
  let text = '';
  while (text.length < length) text += `${sentence(random, 12)}.\n`;
  return text;
}

/** Few words are frequent and many are rare, as in any language. */
function sentence(random: () => number, words: number): string {
  return Array.from({ length: words }, () => WORDS[Math.floor(random() ** 1.5 * WORDS.length)]).join(' ');
}

function noise(random: () => number, characters: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: characters }, () => letters[Math.floor(random() * letters.length)]).join('');
}

function folded(text: string): string {
  return text.replace(/.{70}(?=.)/g, '$&\n\t');
}
