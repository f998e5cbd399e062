import { createHmac } from 'node:crypto';

/**
 * A device's MQTT password, derived from the key that it shares with the message server, so that there is one
 * secret to carry. The key cannot be found from it. 32 characters of base64url (192 bits).
 */
export function devicePassword(secret: Uint8Array): string {
  return createHmac('sha256', secret).update('ringpost mqtt password').digest('base64url').slice(0, 32);
}
