import type { Definition } from '#shared/definition/definition.ts';
import { diffDefinitions } from '#shared/definition/diff.ts';
import { DEFINITION_LIMITS } from '#shared/definition/schema.ts';
import { validateDefinition } from '#shared/definition/validate.ts';
import { canonicalBytes } from '#shared/event/canonical-json.ts';
import type { FleetState } from '#shared/event/fold.ts';
import { implausibility } from '#shared/snapshot/sanity.ts';
import { type Decision, rejected } from './decision.ts';
import { definitionWarnings } from './definition-warnings.ts';

export type ApplyCommand = {
  readonly definition: Definition;
  /** Leave to make the fleet's configuration much smaller than it is. */
  readonly allowShrink: boolean;
};

/** Makes a definition the fleet's, if it is valid, not too large and not a mistake by its size. */
export function decideApply(state: FleetState, { definition, allowShrink }: ApplyCommand): Decision {
  const size = canonicalBytes(definition).length;
  if (size > DEFINITION_LIMITS.bytes) {
    return rejected('too-large', `the definition has ${size} bytes; at most ${DEFINITION_LIMITS.bytes} are accepted`);
  }
  const problems = validateDefinition(definition);
  if (problems.length > 0) {
    return rejected('invalid-definition', `the definition has ${count(problems.length, 'mistake')}`, { problems });
  }
  const { events, changes } = diffDefinitions(state.definition, definition, state.overrides);
  const shrunken = events.length > 0 && !allowShrink ? implausible(state, definition) : undefined;
  if (shrunken !== undefined) {
    return rejected('implausible-shrink', `${shrunken}; say allowShrink (--allow-shrink) if that is meant`);
  }
  return { kind: 'accepted', events, changes, warnings: definitionWarnings(definition) };
}

function implausible(state: FleetState, definition: Definition): string | undefined {
  const { revision } = state;
  return implausibility(
    { fleet: '', revision, definition: state.definition, overrides: [] },
    { fleet: '', revision: revision + 1, definition, overrides: [] },
  );
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
