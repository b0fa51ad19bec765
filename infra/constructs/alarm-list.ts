/**
 * Every alarm: its heading in docs/operations.md, which says what to do, and what it means for the people who use the service. An alarm
 * cannot be made without both; a test holds the list against the page.
 */
export const ALARMS = {
  RulesOverdue: {
    heading: 'Access rules are overdue',
    impact: 'Somebody may still write where they should not be able to any more, and their next upload may be refused.',
  },
  RulesDisturbed: {
    heading: 'An access rule was disturbed',
    impact: 'A rule was missing, changed or taken back at the wrong moment: a running transfer may have failed.',
  },
  RuleLimitReached: {
    heading: 'A collection has no room for access rules',
    impact: 'New uploads to that collection are refused until others end.',
  },
  TransfersInAttention: {
    heading: 'Transfers are in ATTENTION',
    impact: 'Files of an upload wait to be registered, or a dataset stays locked, until somebody has looked.',
  },
  TransfersOverdue: {
    heading: 'Transfers are overdue',
    impact: 'Uploads are not followed in time: datasets stay locked longer than they need to.',
  },
  EndpointsFail: {
    heading: 'Requests fail',
    impact: 'People who begin or report an upload get an error from us.',
  },
  EndpointsThrottled: {
    heading: 'Requests are throttled',
    impact: 'People who begin or report an upload get an error and have to repeat it.',
  },
  StepsFail: {
    heading: 'Workflow steps fail',
    impact: 'Uploads under way are delayed; those whose steps keep failing end up in ATTENTION.',
  },
  WorkflowsFail: {
    heading: 'A workflow ended badly',
    impact: 'None as long as the sweep works: it starts the next one.',
  },
  TaskMonitorSilent: {
    heading: 'The task monitor is silent',
    impact: 'Long uploads are noticed as finished after hours instead of a minute.',
  },
  SweepSilent: {
    heading: 'The sweep is silent',
    impact: 'What a crash leaves behind stays: access rules, locks, uploads that nobody follows.',
  },
  RunsFailed: {
    heading: 'Runs of a monitor have failed',
    impact: 'None as long as the next runs succeed.',
  },
  ErrorsLogged: {
    heading: 'Errors are logged',
    impact: 'Depends on the error: something happened that should not.',
  },
} as const;

export type AlarmName = keyof typeof ALARMS;

/** The address of an alarm's heading below docs/. */
export function runbookOf(name: AlarmName): string {
  return `docs/operations.md#${ALARMS[name].heading.toLowerCase().replaceAll(' ', '-')}`;
}
