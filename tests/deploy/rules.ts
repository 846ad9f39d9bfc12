import type { KubernetesObject } from '../../src/cli/manifest/object.ts';
import { customObjections } from './custom.ts';
import { modelObjections } from './models.ts';
import { jobRules } from './rules/jobs.ts';
import { programRules } from './rules/program.ts';
import { quantityRules } from './rules/quantities.ts';
import { type Outside, referenceRules } from './rules/references.ts';
import { securityRules } from './rules/security.ts';

/** All that is checked in this process: the schemas, and our own rules for what they cannot know. */
export function objectionsTo(objects: readonly KubernetesObject[], outside: Outside): readonly string[] {
  return [
    ...modelObjections(objects),
    ...customObjections(objects),
    ...jobRules(objects),
    ...quantityRules(objects),
    ...referenceRules(objects, outside),
    ...securityRules(objects),
    ...programRules(objects),
  ];
}
