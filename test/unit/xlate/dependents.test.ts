/** Dependents against a list that is searched from end to end. */
import { expect, test } from 'vitest';
import { SeededRng } from '../../../datapath/base/rng.js';
import { type Dependency, type Dependent, Dependents, type Link } from '../../../src/xlate/dependents.js';

const KEYS = 5;
const SCOPES = 2;
const ANSWERS = 3;
const STEPS = 20_000;
const seed = 20261127;

test(`dependents agree with a list seed ${seed}`, () => {
  const rng = new SeededRng(seed);
  const answers = new Map<string, number>();
  const answerOf = (key: number, scope: number): number => answers.get(`${key} ${scope}`) ?? 0;
  const dependents = new Dependents(answerOf);
  const entered: { dependency: Dependency; link: Link; dependent: Dependent & { told: number } }[] = [];
  for (let i = 0; i < STEPS; i++) {
    const [key, scope, answer] = [rng.below(KEYS), rng.below(SCOPES), rng.below(ANSWERS)];
    const dice = rng.below(10);
    if (dice < 6) {
      const dependent = { told: 0, invalidate: () => void dependent.told++ };
      const dependency = { on: dependents, key, scope, answer };
      const link = dependents.enter(dependency, dependent, 0);
      const isRight = answer === answerOf(key, scope);
      expect([link !== null, dependent.told]).toEqual([isRight, isRight ? 0 : 1]);
      if (link !== null) entered.push({ dependency, link, dependent });
    } else if (dice < 8 && entered.length > 0) {
      const [gone] = entered.splice(rng.below(entered.length), 1);
      dependents.leave(gone.link);
      dependents.leave(gone.link);
    } else {
      answers.set(`${key} ${scope}`, answer);
      dependents.changed(key, scope, answer);
      for (let j = entered.length - 1; j >= 0; j--) {
        const { dependency, dependent } = entered[j];
        const isWrong = dependency.key === key && dependency.scope === scope && dependency.answer !== answer;
        expect(dependent.told).toBe(isWrong ? 1 : 0);
        if (isWrong) entered.splice(j, 1);
      }
    }
    expect(dependents.keyCount).toBe(new Set(entered.map(({ dependency }) => dependency.key)).size);
  }
});
