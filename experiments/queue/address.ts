import { ConfigError } from '../../src/core/errors.js';

/** The address of a server without user and password. @throws ConfigError for what is no such address. */
export function shownAddress(url: string): string {
  let address: URL;
  try {
    address = new URL(url);
  } catch {
    // What was given may hold a password, so it is not repeated.
    throw new ConfigError('--queue: expected an address such as redis://host:6379, got one that is no URL');
  }
  const { protocol, host, pathname } = address;
  if (protocol === 'redis:' || protocol === 'rediss:') return `${protocol}//${host}${pathname}`;
  throw new ConfigError(
    `--queue: expected redis://host:port, or rediss:// for TLS, got ${protocol}//${host}`,
  );
}

/** A command line or message without user and password of the addresses in it. */
export function withoutSecrets(text: string): string {
  return text.replaceAll(/(rediss?:\/\/)[^\s'"@/]*@/g, '$1');
}
