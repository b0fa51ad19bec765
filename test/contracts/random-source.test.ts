import { systemRandomSource } from '../../functions/adapters/system/random-source.ts';
import { createCountingRandomSource } from '../support/fakes/counting-random-source.ts';
import { describeRandomSourceContract } from './random-source.ts';

describeRandomSourceContract("the operating system's generator", () => systemRandomSource);
describeRandomSourceContract('the fake of unit tests', createCountingRandomSource);
