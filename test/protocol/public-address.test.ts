import test from 'brittle'
import { isAddress, isPublicAddress } from '../../protocol/public-address.ts'

test('what is on the public internet, and what is not', (t) => {
  const open = [
    ...[
      '1.1.1.1',
      '8.8.8.8',
      '172.15.0.1',
      '172.32.0.1',
      '192.0.1.1',
      '198.20.0.1',
      '223.255.255.255'
    ],
    ...['2606:4700::1111', '[2a00:1450:4001::200e]', '2001:4860:4860::8888']
  ]
  const closed = [
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.255', '169.254.169.254'],
    ...['172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.168.1.1', '198.18.0.1'],
    ...['198.51.100.7', '203.0.113.7', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
    ...['::', '::1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '::7f00:1', '64:ff9b::7f00:1', '100::1'],
    ...['fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1'],
    ...['2001::1', '2001:db8::1', '2001:10::1', '2002:7f00:1::', '3fff::1', '[::1]'],
    ...['', 'localhost', '1.2.3', '1.2.3.4.5', '256.1.1.1', '0x7f.0.0.1', '2130706433']
  ]
  for (const address of open) t.ok(isPublicAddress(address), address)
  for (const address of closed) t.absent(isPublicAddress(address), address)
  t.ok(isAddress('1.2.3.4') && isAddress('::1'))
  t.absent(isAddress('example.org') || isAddress('2130706433'))
})
