import { Problem } from '#domain/errors/problem.ts';

/** One step of a schema change, in words. */
export interface PlannedStep {
  readonly collection: string;
  /** e.g. `add property "dueOn" (date)`. */
  readonly summary: string;
  readonly destructive: boolean;
  /** Clients and servers that know the former definitions go on working beside it. */
  readonly additive: boolean;
  /** The effect on stored records: values that are lost or filled in, or the reason why the step is impossible. */
  readonly consequence?: string;
  /** Stored records do not allow the step; `apply` refuses it, destructive changes allowed or not. */
  readonly impossible?: boolean;
}

export interface SchemaPlan {
  readonly steps: readonly PlannedStep[];
  readonly destructive: boolean;
  readonly additive: boolean;
  /** About how long writes wait while the change is made; absent where it is no second. */
  readonly writesWaitSeconds?: number;
}

/** Throws `schema_conflict` for a step that is impossible, `destructive_change` for one that is not allowed. */
export function refuse(plan: SchemaPlan, allowDestructive: boolean): void {
  const impossible = plan.steps.filter((step) => step.impossible === true);
  if (impossible.length > 0) {
    throw new Problem('schema_conflict', {
      detail: `The records that are there do not allow this change:\n${inLines(impossible)}\nNothing was changed.`,
    });
  }
  const destructive = plan.steps.filter((step) => step.destructive);
  if (destructive.length > 0 && !allowDestructive) {
    throw new Problem('destructive_change', {
      detail: `This change loses data:\n${inLines(destructive)}\nNothing was changed. Run "plinth apply --allow-destructive" if that is what you want.`,
    });
  }
}

function inLines(steps: readonly PlannedStep[]): string {
  return steps
    .map(
      ({ collection, summary, consequence }) =>
        `  ${collection}: ${summary}${consequence === undefined ? '' : `: ${consequence}`}`,
    )
    .join('\n');
}
