/** May wait: a look at a task. Grants and releases come first (design section 8). */
export type Urgency = 'urgent' | 'can-wait';

/** The calls per second that Globus allows one identity (G3), shared by all functions that use it. */
export interface CallBudget {
  /**
   * Takes one call.
   * @param identity - name of the identity's secret
   * @returns 0 when it may be made now; else after how many milliseconds it is worth asking again
   */
  take(identity: string, urgency: Urgency): Promise<number>;
}
