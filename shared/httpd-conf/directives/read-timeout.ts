import type { ReadTimeoutStage } from '../../definition/virtual-host.ts';

type ParsedStage =
  | { readonly stage: 'handshake' | 'header' | 'body'; readonly value: ReadTimeoutStage }
  | { readonly error: string };

/**
 * Reads one word of RequestReadTimeout: `stage=initial[-max][,MinRate=rate]` in whole seconds and bytes per second.
 *
 * @source mod_reqtimeout.c:set_reqtimeout_param
 */
export function parseReadTimeout(word: string): ParsedStage {
  const [, name = '', text = ''] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
  const stage = (['handshake', 'header', 'body'] as const).find((known) => known === name.toLowerCase());
  if (stage === undefined) return { error: `"${word}" must begin with header=, body= or handshake=` };
  const parts = /^(\d{1,9})(?:-(\d{1,9}))?(?:,minrate=(\d{1,9}))?$/i.exec(text);
  if (parts === null) {
    return { error: `"${word}" must be ${stage}=seconds, or ${stage}=seconds-most,MinRate=bytes per second` };
  }
  const initial = Number(parts[1]);
  // A cap of 0 is none, as in httpd.
  const max = Number(parts[2] ?? 0);
  const minRate = parts[3] === undefined ? undefined : Number(parts[3]);
  if (parts[2] !== undefined && minRate === undefined) return { error: `"${word}" has a range, which needs MinRate=` };
  if (minRate === 0) return { error: `"${word}": MinRate must be 1 or more` };
  if (max > 0 && max <= initial) return { error: `"${word}": the most must be more than the first ${initial} seconds` };
  const value = {
    initialMs: initial * 1_000,
    ...(max > 0 ? { maxMs: max * 1_000 } : {}),
    ...(minRate === undefined ? {} : { minRate }),
  };
  return { stage, value };
}

/** The word that `parseReadTimeout` reads as this stage. */
export function printReadTimeout(stage: 'header' | 'body', { initialMs, maxMs, minRate }: ReadTimeoutStage): string {
  const seconds = Math.ceil(initialMs / 1_000);
  const range = maxMs === undefined || minRate === undefined ? '' : `-${Math.ceil(maxMs / 1_000)}`;
  return `${stage}=${seconds}${range}${minRate === undefined ? '' : `,MinRate=${minRate}`}`;
}
