import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute and more, the longest first: whatever else there is runs beside them. */
const LONG = ['/test/e2e/hub.', '/test/faults/categories.', '/test/faults/faults.'];

/** Layers in the order in which their files are begun: those that start servers before those that start nothing. */
const LAYERS = ['e2e', 'local', 'infra', 'contract', 'unit'];

const placeOf = ({ moduleId, project }: TestSpecification): number => {
  const long = LONG.findIndex((file) => moduleId.includes(file));
  return long === -1 ? LONG.length + LAYERS.indexOf(project.name) : long;
};

/** Begins with what takes longest, so that no long file is left over for one worker at the end; else as Vitest does. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return (await super.sort(files)).toSorted((a, b) => placeOf(a) - placeOf(b));
  }
}
