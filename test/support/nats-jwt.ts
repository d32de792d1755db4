import { nkeys } from '@nats-io/transport-node';

type KeyPair = ReturnType<typeof nkeys.createUser>;

/** Operator, accounts and users of a NATS server in operator mode, as `nsc` would make them. */
export type JwtOperator = {
  /** For the server's configuration. */
  readonly config: string;
  /** A credentials file of a user who may do everything. @param expiresMs epoch milliseconds; default never */
  creds(expiresMs?: number): string;
};

export function createJwtOperator(): JwtOperator {
  const [operator, system, account] = [nkeys.createOperator(), nkeys.createAccount(), nkeys.createAccount()];
  const unlimited = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
  const jetStream = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
  const accountJwt = (pair: KeyPair, limits: object) => jwt(operator, pair, { type: 'account', version: 2, limits });
  return {
    config: `operator: ${jwt(operator, operator, { type: 'operator', version: 2 })}
      system_account: ${system.getPublicKey()}
      resolver: MEMORY
      resolver_preload: {
        ${system.getPublicKey()}: ${accountJwt(system, unlimited)}
        ${account.getPublicKey()}: ${accountJwt(account, { ...unlimited, ...jetStream })}
      }`,
    creds(expiresMs) {
      const user = nkeys.createUser();
      const rights = { type: 'user', version: 2, subs: -1, data: -1, payload: -1, pub: {}, sub: {} };
      const seed = Buffer.from(user.getSeed()).toString();
      const exp = expiresMs === undefined ? undefined : Math.ceil(expiresMs / 1_000);
      return `-----BEGIN NATS USER JWT-----\n${jwt(account, user, rights, exp)}\n------END NATS USER JWT------\n
-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
    },
  };
}

function jwt(issuer: KeyPair, subject: KeyPair, nats: object, exp?: number): string {
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const [iss, sub] = [issuer.getPublicKey(), subject.getPublicKey()];
  const claims = { jti: 'x', iat: 1_700_000_000, iss, sub, name: 'x', nats, ...(exp === undefined ? {} : { exp }) };
  const unsigned = `${encode({ typ: 'JWT', alg: 'ed25519-nkey' })}.${encode(claims)}`;
  return `${unsigned}.${Buffer.from(issuer.sign(Buffer.from(unsigned))).toString('base64url')}`;
}
