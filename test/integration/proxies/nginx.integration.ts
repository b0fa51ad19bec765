import { nginx } from './nginx.ts';
import { describeSiteBehind } from './through-a-proxy.ts';

describeSiteBehind(nginx);
