import { PROFILE_SCHEMA, type Profile } from '../profile.js'
import { exactly } from './exactly.js'

/** 3DS OUTSCALE DirectLink. */
export const outscale: Profile = {
  schema: PROFILE_SCHEMA,
  id: 'outscale',
  name: '3DS OUTSCALE',
  product: 'DirectLink',
  says:
    'A DirectLink connection is a single-mode fibre of 1 or 10 Gb/s from your router to a DirectLink router of ' +
    'OUTSCALE in the meet-me room. DirectLink interfaces on it, each a VLAN with one BGP session, lead to one ' +
    'Net each.',
  regions: ['eu-west-2', 'cloudgouv-eu-west-1', 'us-east-2'],
  sources: [
    {
      id: 'about',
      title: 'About DirectLink',
      url: 'https://docs.outscale.com/en/userguide/About-DirectLink.html',
      read: '2026-11-30',
    },
    {
      id: 'api',
      title: 'OUTSCALE API, outscale.yaml',
      url: 'https://github.com/outscale/osc-api',
      dated: '1.40.1, 2026-03-18',
      read: '2026-11-29',
    },
    {
      id: 'hosted',
      title: 'Creating a Hosted DirectLink Interface',
      url: 'https://docs.outscale.com/en/userguide/Creating-a-Hosted-DirectLink-Interface.html',
      read: '2026-11-29',
    },
  ],
  rules: [
    {
      id: 'outscale/tagged',
      kind: 'error',
      subject: 'tagging',
      says: 'Each DirectLink interface has a VLAN of its own; there is no untagged one.',
      sources: ['about', 'api'],
      allowed: { words: ['tagged'] },
    },
    {
      id: 'outscale/vlan-range',
      kind: 'error',
      subject: 'vlan',
      says: 'The VLAN of a DirectLink interface is chosen by you and unique on its connection.',
      sources: ['about', 'api'],
      allowed: { numbers: [[2, 4094]] },
    },
    {
      id: 'outscale/provider-as',
      kind: 'error',
      subject: 'peer-as',
      says: 'The AS of OUTSCALE depends on the region.',
      sources: ['about'],
      byRegion: [
        {
          regions: ['eu-west-2', 'cloudgouv-eu-west-1'],
          numbers: [[50624, 50624]],
          fill: 50624,
        },
        { regions: ['us-east-2'], numbers: [[53306, 53306]], fill: 53306 },
      ],
    },
    {
      id: 'outscale/customer-as',
      kind: 'error',
      subject: 'own-as',
      says: "Your AS is any but OUTSCALE's own ones.",
      sources: ['api'],
      allowed: {
        numbers: [[1, 4_294_967_295]],
        except: [
          [50624, 50624],
          [53306, 53306],
          [132418, 132418],
        ],
      },
    },
    {
      id: 'outscale/sessions',
      kind: 'error',
      subject: 'session-count',
      says: 'A DirectLink interface has one BGP session, and none is reached without it.',
      sources: ['about', 'api'],
      allowed: { numbers: [[1, 1]] },
    },
    {
      id: 'outscale/mtu',
      kind: 'error',
      subject: 'mtu',
      says: 'The MTU of a DirectLink interface is 1500 and cannot be another one.',
      sources: ['about', 'api'],
      allowed: { numbers: [[1500, 1500]] },
    },
    {
      id: 'outscale/optic',
      kind: 'error',
      subject: 'optic',
      says: 'A port of 1 Gb/s is 1000BASE-LX, one of 10 Gb/s is 10GBASE-LR, both at 1310 nm on single-mode fibre.',
      sources: ['about'],
      allowed: { words: ['1000BASE-LX', '10GBASE-LR'] },
    },
    {
      id: 'outscale/connector',
      kind: 'error',
      subject: 'connector',
      says: 'The fibre ends in an LC connector.',
      sources: ['about'],
      allowed: { words: ['LC'] },
    },
    {
      id: 'outscale/bandwidth',
      kind: 'error',
      subject: 'bandwidth',
      says: 'A DirectLink connection is bought with 1 or 10 Gb/s.',
      sources: ['api', 'about'],
      allowed: { numbers: exactly(1000, 10_000) },
    },
    {
      id: 'outscale/speed',
      kind: 'error',
      subject: 'speed',
      says: 'A DirectLink connection has 1 or 10 Gb/s.',
      sources: ['about', 'api'],
      allowed: { numbers: exactly(1000, 10_000) },
    },
  ],
  words: [
    { name: 'DirectLink connection (dxcon-…)', means: 'a connection of the intent' },
    {
      name: 'DirectLink location',
      means: 'the site of OUTSCALE that the fibre leads to; a Subregion',
    },
    {
      name: 'DirectLink interface (dxvif-…)',
      means: 'an attachment of the intent, with its neighbour',
    },
    {
      name: 'hosted DirectLink interface',
      means:
        'an attachment whose Net belongs to another account, which must accept it within 7 days',
    },
    {
      name: 'virtual gateway (vgw-…)',
      means: 'the end of a DirectLink interface at a Net; not in the intent',
    },
    { name: 'BgpKey', means: '`authPassword` of the neighbour' },
  ],
  states: {
    connection: [
      {
        name: 'requested',
        state: 'requested',
        means: 'you have asked for the connection, and the LOA has not been sent',
      },
      { name: 'pending', state: 'pending', means: 'OUTSCALE has sent the LOA' },
      { name: 'available', state: 'available', means: 'the link is plugged at both ends' },
      { name: 'down', state: 'down', means: 'the link is down; the API calls it "disabled"' },
      { name: 'deleting', state: 'deleting', means: 'you have asked to delete the connection' },
      { name: 'deleted', state: 'deleted', means: 'the connection is gone' },
    ],
    attachment: [
      {
        name: 'confirming',
        state: 'confirming',
        means: 'the other account has not accepted the hosted interface',
      },
      { name: 'pending', state: 'pending', means: 'not configured at both routers yet' },
      { name: 'available', state: 'available', means: 'it can forward traffic' },
      { name: 'deleting', state: 'deleting', means: 'OUTSCALE removes its configuration' },
      { name: 'deleted', state: 'deleted', means: 'it forwards no traffic any more' },
      { name: 'rejected', state: 'rejected', means: 'deleted while it was confirming' },
      { name: 'expired', state: 'expired', means: 'not accepted within 7 days' },
    ],
  },
  facts: [
    {
      says: 'There is one DirectLink interface for each Net, and several of them on one connection.',
      sources: ['about'],
    },
    {
      says:
        'You give both addresses of an interface. The example 172.16.0.4/30 for OUTSCALE is the address of the ' +
        'subnet and no host: demarc refuses it.',
      sources: ['hosted'],
    },
    { says: 'BgpKey is optional; no length is published.', sources: ['api', 'hosted'] },
    {
      says: 'The Net needs a Subnet, an attached virtual gateway that is available, and security groups that admit your network.',
      sources: ['about'],
    },
    {
      says: 'All interfaces must be deleted before their connection.',
      sources: ['api'],
    },
  ],
  steps: [
    'Ask for a DirectLink connection at the location that is nearest to your Subregion; its state is requested.',
    'OUTSCALE sends the LOA by mail. Give it to the company that lays the fibre to the meet-me room; the state is pending.',
    'Push an intent with the port, so that the router sends light; when both ends are plugged the state is available.',
    'Create a DirectLink interface with a VLAN, your AS, both addresses and a virtual gateway that is available.',
    'Push the intent with the attachment. The interface is available when the BGP session is established.',
    'Admit your network in the security groups of the Net, and send the first packet.',
  ],
  support: [
    'the id of the connection (dxcon-…) and of the interface (dxvif-…)',
    'the location, the region and the position on the LOA',
    'the VLAN, both addresses, both AS numbers, and whether a BgpKey is set',
    'the power that the optic sends and receives, from "demarc show ports"',
  ],
}
