/** Promises of those who wait for a revision to be served; those told of are the ones the bus has brought. */
export type RevisionWaiters = {
  /** Resolves when this revision or a later one is served; rejects when it, or one that took its place, is rejected. */
  wait(revision: number): Promise<void>;
  served(revision: number): void;
  rejected(revision: number, error: Error): void;
  /** Rejects all. */
  end(error: Error): void;
};

type Waiter = { readonly revision: number; readonly resolve: () => void; readonly reject: (error: Error) => void };

export function createRevisionWaiters(): RevisionWaiters {
  const waiters = new Set<Waiter>();
  let servedUpTo = 0;
  let lastRejected: { readonly revision: number; readonly error: Error } | undefined;
  let over: Error | undefined;

  function settle(concerned: (waiter: Waiter) => boolean, how: (waiter: Waiter) => void): void {
    for (const waiter of waiters) {
      if (!concerned(waiter)) continue;
      waiters.delete(waiter);
      how(waiter);
    }
  }

  return {
    wait(revision) {
      if (revision <= servedUpTo) return Promise.resolve();
      if (lastRejected !== undefined && revision <= lastRejected.revision) return Promise.reject(lastRejected.error);
      if (over !== undefined) return Promise.reject(over);
      return new Promise((resolve, reject) => waiters.add({ revision, resolve, reject }));
    },

    served(revision) {
      servedUpTo = revision;
      settle(
        (waiter) => waiter.revision <= revision,
        (waiter) => waiter.resolve(),
      );
    },

    rejected(revision, error) {
      // Earlier revisions still waited for were skipped for this one and will not come any more.
      lastRejected = { revision, error };
      settle(
        (waiter) => waiter.revision <= revision,
        (waiter) => waiter.reject(error),
      );
    },

    end(error) {
      over = error;
      settle(
        () => true,
        (waiter) => waiter.reject(error),
      );
    },
  };
}
