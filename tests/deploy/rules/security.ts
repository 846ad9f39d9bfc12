import type { KubernetesObject } from '../../../src/cli/manifest/object.ts';
import { containersIn, podsIn } from '../parts.ts';

/** The restricted pod security standard, and what goes beyond it here: no writing to the image, no word with the API server. */
export function securityRules(objects: readonly KubernetesObject[]): readonly string[] {
  const pods = podsIn(objects).flatMap(({ of, spec }) => {
    const { securityContext: own, volumes = [] } = spec;
    return broken(of, {
      'runs as root': own?.runAsNonRoot !== true || own.runAsUser === 0,
      'has no seccomp profile': own?.seccompProfile?.type !== 'RuntimeDefault',
      'has a token of the API server': spec.automountServiceAccountToken !== false,
      'is given variables of Services': spec.enableServiceLinks !== false,
      'shares something of its node': [spec.hostNetwork, spec.hostPID, spec.hostIPC].some((shared) => shared === true),
      'has a volume that the standard forbids': volumes.some(
        (volume) => !Object.keys(volume).every((key) => key === 'name' || ALLOWED.includes(key)),
      ),
    });
  });
  const containers = containersIn(objects).flatMap(({ where, container: { securityContext: own, ports = [] } }) =>
    broken(where, {
      'may gain rights': own?.allowPrivilegeEscalation !== false || own.privileged === true,
      'keeps capabilities': own?.capabilities?.drop?.includes('ALL') !== true || own.capabilities.add !== undefined,
      'may write to its image': own?.readOnlyRootFilesystem !== true,
      'runs as root': own?.runAsUser === 0 || own?.runAsNonRoot === false,
      'takes a port of its node': ports.some(({ hostPort }) => hostPort !== undefined),
    }),
  );
  return [...pods, ...containers];
}

const ALLOWED = [
  'configMap',
  'emptyDir',
  'persistentVolumeClaim',
  'secret',
  'projected',
  'downwardAPI',
  'csi',
  'ephemeral',
];

function broken(where: string, faults: Readonly<Record<string, boolean>>): readonly string[] {
  return Object.entries(faults).flatMap(([fault, is]) => (is ? [`${where} ${fault}`] : []));
}
