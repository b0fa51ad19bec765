import { systemClock } from '../../functions/adapters/system/clock.ts';
import { START_MILLISECONDS } from '../support/builders.ts';
import { createManualClock } from '../support/manual-clock.ts';
import { describeClockContract } from './clock.ts';

describeClockContract('the system clock', () => systemClock);
describeClockContract('the clock that moves only when told', () => createManualClock(START_MILLISECONDS + 999));
