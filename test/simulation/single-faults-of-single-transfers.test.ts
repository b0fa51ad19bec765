import { vi } from 'vitest';
import { describeSingleFaults } from './single-faults.ts';

vi.mock('../../functions/wiring.ts', () => import('./machinery/platform.ts'));

describeSingleFaults([0, 1, 2, 7]);
