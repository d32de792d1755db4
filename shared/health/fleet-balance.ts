/**
 * How a node makes up for what other nodes did, for balancers with `fleetbalance=On`: pure arithmetic over the members that compete
 * in its elections now. What others did to workers out of competition here counts for nothing, as in httpd an idle worker has
 * neither a penalty nor anything to catch up.
 */

/** The most that others can move a worker's credit away from nothing, and at one time: so many elections' worth. */
export const INFLUENCE_ELECTIONS = 64;

/** One competing member of a byrequests balancer. */
export type CreditMember = {
  readonly lbfactor: number;
  readonly lbstatus: number;
  /** Elections on other nodes not yet made up for. May be below 0 for a moment, when this node's own counts are newer. */
  readonly others: number;
};

/**
 * The credit that others' elections would have given had they happened here: with n in all, a worker gains its lbfactor n times and
 * gives back the total for each of its own. The sum over all members is 0, so the sum of credits stays constant. No credit is moved
 * further than `INFLUENCE_ELECTIONS` times the total from 0; what is beyond is dropped, not saved up.
 *
 * @returns what to add to each lbstatus, in the members' order; whole numbers
 */
export function creditOf(members: readonly CreditMember[]): number[] {
  const total = members.reduce((sum, { lbfactor }) => sum + lbfactor, 0);
  const elections = members.reduce((sum, { others }) => sum + others, 0);
  const bound = INFLUENCE_ELECTIONS * total;
  const wanted = members.map(({ lbfactor, lbstatus, others }) => {
    const credit = lbfactor * elections - total * others;
    return credit > 0
      ? Math.min(credit, Math.max(0, bound - lbstatus))
      : Math.max(credit, Math.min(0, -bound - lbstatus));
  });
  return balanced(wanted);
}

/** Cuts the larger side to what the smaller one can give: the result's sum is 0 and no value is further from 0 than before. */
function balanced(values: readonly number[]): number[] {
  const given = values.reduce((sum, value) => sum + Math.max(0, value), 0);
  const taken = values.reduce((sum, value) => sum + Math.max(0, -value), 0);
  const moved = Math.min(given, taken);
  if (moved === 0) return values.map(() => 0);
  const cut = values.map((value) => Math.trunc((value * moved) / (value > 0 ? given : taken)) + 0);
  // Cutting to whole numbers leaves a few units over on one side: they are taken back where most was moved.
  for (let rest = cut.reduce((sum, value) => sum + value, 0); rest !== 0; ) {
    const sign = Math.sign(rest);
    const most = cut.reduce((best, value, i) => (value * sign > (cut[best] ?? 0) * sign ? i : best), 0);
    const step = sign * Math.min(Math.abs(rest), Math.abs(cut[most] ?? 0));
    cut[most] = (cut[most] ?? 0) - step;
    rest -= step;
  }
  return cut;
}

/** One competing member of a bytraffic balancer; bytes since the same moment. */
export type TrafficMember = {
  readonly lbfactor: number;
  /** Both ways, by this node. */
  readonly own: number;
  /** By all other nodes. */
  readonly others: number;
};

/**
 * The others' bytes as far as this node's elections are to count them: a worker that they gave more than its share is left out here
 * until the rest has caught up, but is never put further behind than `INFLUENCE_ELECTIONS` requests of the mean size.
 *
 * @param bytesPerElection mean over the fleet
 * @returns bytes to count as others', in the members' order; whole numbers, 0 or more
 */
export function othersTrafficOf(members: readonly TrafficMember[], bytesPerElection: number): number[] {
  const cost = ({ lbfactor, own, others }: TrafficMember) => (own + Math.max(0, others)) / lbfactor;
  const least = Math.min(...members.map(cost));
  return members.map((member) => {
    const { lbfactor, own } = member;
    const limit = least + (INFLUENCE_ELECTIONS * bytesPerElection) / lbfactor;
    return Math.max(0, Math.round(lbfactor * Math.min(cost(member), limit)) - own);
  });
}
