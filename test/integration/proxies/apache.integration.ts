import { apache } from './apache.ts';
import { describeSiteBehind } from './through-a-proxy.ts';

describeSiteBehind(apache);
