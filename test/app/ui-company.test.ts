import test from 'brittle'
import { Company, type Told } from '../../app/ui/state/company.ts'

const told = (members: number | null, requests: number | null, counted = [1, 0]): Told => ({
  members,
  requests,
  counted: { members: counted[0] ?? 1, requests: counted[1] ?? 0 }
})

test('nobody is called alone beside somebody who asks, whichever feed tells it first', (t) => {
  t.ok(new Company().isAlone(told(1, 0)))
  t.absent(new Company().isAlone(told(1, null)), 'nor before it is known')
  t.absent(new Company().isAlone(told(null, 0)))
  t.absent(new Company().isAlone(told(1, 1)), 'the list of who asks')
  t.absent(new Company().isAlone(told(1, 0, [1, 1])), 'the list of groups')
})

test('nor between being asked and having let somebody in', (t) => {
  const company = new Company()
  t.ok(company.isAlone(told(1, 0)))
  t.absent(company.isAlone(told(1, 1)))
  t.absent(company.isAlone(told(1, 0)), 'approved, and not among the members yet')
  t.absent(company.isAlone(told(2, 0, [2, 0])))
})
