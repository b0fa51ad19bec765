import { vi } from 'vitest';
import { describeSingleFaults } from './single-faults.ts';

vi.mock('../../functions/wiring.ts', () => import('./machinery/platform.ts'));

describeSingleFaults([3, 4, 5, 6]);
