import type { Profiles } from '../lines.js'
import type { Profile } from '../profile.js'
import { aws } from './aws.js'
import { jdcloud } from './jdcloud.js'
import { outscale } from './outscale.js'
import { ovhcloud } from './ovhcloud.js'
import { yandex } from './yandex.js'

const ALL: readonly Profile[] = [ovhcloud, yandex, outscale, jdcloud, aws]

/** The profiles that come with demarc, by their ids. */
export const BUILT_IN: Profiles = new Map(ALL.map((profile) => [profile.id, profile]))
