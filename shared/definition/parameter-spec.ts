import type { ParsedValue, ValueType } from './parameter-value.ts';

/** One key of `key=value`, as configuration, command line and documentation know it. */
export type ParameterSpec<P> = {
  readonly key: string;
  readonly property: keyof P & string;
  readonly range: string;
  /** Unit of a bare number. */
  readonly unit?: 'ms' | 's' | 'bytes';
  /** What holds when it isn't given, as a person reads it. */
  readonly defaultText: string;
  readonly parse: (text: string) => ParsedValue<P>;
  /** Text of the value after `key=`; undefined when it isn't set. */
  readonly print: (parameters: P) => string | undefined;
};

/** Describes the parameter that sets one property. */
export function parameterSpec<P extends object, K extends keyof P & string>(
  key: string,
  property: K,
  type: ValueType<NonNullable<P[K]>>,
  defaultText: string,
): ParameterSpec<P> {
  return {
    key,
    property,
    range: type.range,
    ...(type.unit === undefined ? {} : { unit: type.unit }),
    defaultText,
    parse: (text) => {
      const parsed = type.parse(text);
      // One known property with its own type: the compiler can't see through the computed key.
      return parsed.ok ? { ...parsed, value: { [property]: parsed.value } as unknown as P } : parsed;
    },
    print: (parameters) => {
      const current = parameters[property];
      return current === undefined || current === null ? undefined : type.print(current);
    },
  };
}
