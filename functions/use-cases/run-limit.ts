/** The bound of a scheduled run: nothing is begun when there is no time for it; what is left is the next run's. */
export interface RunLimit {
  hasTime(): boolean;
}
