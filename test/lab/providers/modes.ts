import { l2Access } from './jdcloud/l2-access/mode.js'
import { l3Access } from './jdcloud/l3-access/mode.js'
import { staticMode } from './jdcloud/static/mode.js'
import type { Mode } from './mode.js'
import { hosted } from './outscale/hosted/mode.js'
import { interfaces } from './outscale/interfaces/mode.js'
import { l2 } from './ovhcloud/l2/mode.js'
import { l3 } from './ovhcloud/l3/mode.js'
import { privateMode } from './yandex/private/mode.js'
import { publicMode } from './yandex/public/mode.js'
import { standby } from './yandex/standby/mode.js'

/** Every mode of every provider. */
export const MODES: readonly Mode[] = [
  l3,
  l2,
  privateMode,
  standby,
  publicMode,
  interfaces,
  hosted,
  l2Access,
  l3Access,
  staticMode,
]
