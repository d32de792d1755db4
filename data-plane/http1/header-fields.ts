/**
 * A header or trailer section in the order received, as parallel arrays: no object per field. Treat the arrays as
 * read-only; `add` keeps them in step.
 *
 * Values may be slices of one string holding the whole head, so copy a value that is kept longer than its message.
 */
export class HeaderFields {
  /** Names as received. */
  readonly names: string[] = [];
  /** Names in lower case. */
  readonly lowers: string[] = [];
  /** Values as latin1 text, one char per byte, without surrounding SP and HTAB. */
  readonly values: string[] = [];

  get length(): number {
    return this.names.length;
  }

  /** Value of the first field of that name. */
  get(lower: string): string | undefined {
    const index = this.lowers.indexOf(lower);
    return index < 0 ? undefined : this.values[index];
  }

  has(lower: string): boolean {
    return this.lowers.includes(lower);
  }

  /** Number of field lines of that name. */
  count(lower: string): number {
    let count = 0;
    for (const name of this.lowers) if (name === lower) count++;
    return count;
  }

  /**
   * Values of all field lines of that name as one list.
   *
   * @source RFC 9110 section 5.3
   */
  joined(lower: string): string | undefined {
    let joined: string | undefined;
    for (let i = 0; i < this.lowers.length; i++) {
      if (this.lowers[i] !== lower) continue;
      joined = joined === undefined ? this.values[i] : `${joined}, ${this.values[i]}`;
    }
    return joined;
  }

  add(name: string, lower: string, value: string): void {
    this.names.push(name);
    this.lowers.push(lower);
    this.values.push(value);
  }
}
