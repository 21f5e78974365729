import t from 'tap'
import { latest, remembered } from '../../../src/core/base/remember.js'

t.test('each object has its own value, made once', (t) => {
  let made = 0
  const doubled = remembered(({ length }: readonly number[]) => ({
    length: 2 * length,
    at: made++,
  }))
  const [one, other] = [[1], [1]]
  t.equal(doubled(one), doubled(one))
  t.not(doubled(one), doubled(other))
  t.equal(made, 2)
  t.end()
})

t.test('only what was made last is kept, and another key makes another value', (t) => {
  const asked: string[] = []
  const upper = latest((word: string) => {
    asked.push(word)
    return word.toUpperCase()
  })
  t.strictSame(['a', 'a', 'b', 'a'].map(upper), ['A', 'A', 'B', 'A'])
  t.strictSame(asked, ['a', 'b', 'a'])
  t.end()
})

t.test('keys may be compared by what they say', (t) => {
  const sum = latest(
    (numbers: readonly number[]) => ({ total: numbers.reduce((a, b) => a + b, 0) }),
    (a, b) => a.join() === b.join(),
  )
  t.equal(sum([1, 2]), sum([1, 2]))
  t.strictSame(sum([1, 3]), { total: 4 })
  t.end()
})
