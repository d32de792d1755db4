import { type Definition, EMPTY_DEFINITION } from '#shared/definition/definition.ts';

/** One balancer `app` with these members; `acts` is what fake threads have to do. */
export function configuration(urls: readonly string[], ...acts: readonly string[]): Definition {
  const { mainServer } = EMPTY_DEFINITION;
  return {
    ...EMPTY_DEFINITION,
    mainServer: { ...mainServer, serverAliases: acts },
    balancers: [{ name: 'app', parameters: {}, members: urls.map((url) => ({ url, parameters: {} })) }],
  };
}
