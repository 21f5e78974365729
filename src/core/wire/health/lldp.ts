import * as z from 'zod'

const text = (meaning: string) => z.string().max(1024).describe(meaning)

/** What the far device says of itself; every text is cut, and its control characters are escaped. */
export const LldpNeighbors = z
  .array(
    z.strictObject({
      chassisId: text('Chassis id, such as a MAC address.'),
      systemName: text('Name of the device; absent: it sends none.').exactOptional(),
      portId: text('Id of its port.'),
      portDescription: text('Description of its port; absent: it sends none.').exactOptional(),
    }),
  )
  .max(4)

export const ExpectedLldp = z.strictObject({
  systemName: text('Name or chassis id of the far device; absent: any.').exactOptional(),
  portId: text('Id or description of its port; absent: any.').exactOptional(),
})
