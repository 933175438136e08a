/** How many test files run at once, and in which order they begin. */
import { availableParallelism } from 'node:os';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** More than there are cores: system tests wait for most of their time. */
export const WORKERS = availableParallelism() + 2;

/** The system's files take longest, and wait rather than work: first, so that the short ones fill what is left at the end. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSystem = ({ project }: TestSpecification): boolean => project.name === 'system';
    return [...sorted.filter(isSystem), ...sorted.filter((file) => !isSystem(file))];
  }
}
