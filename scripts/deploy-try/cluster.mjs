// @ts-check
// What a control plane does with Jobs, by podman: pods that are played, killed, stopped and played again.
import { asYaml, endsTheJob, jobSettings, podOf, probeOf } from './manifests.mjs';

const NETWORK = 'gradsocket-try';
const SUBNET = '10.89.77';

export class Cluster {
  #namespace;
  #parts;
  #started = false;

  /** @param {import('./namespace.mjs').Namespace} namespace @param {import('./manifests.mjs').Parts} parts */
  constructor(namespace, parts) {
    this.#namespace = namespace;
    this.#parts = parts;
  }

  /** What a kubelet asks the coordinator. */
  get probes() {
    const { coordinator } = this.#parts;
    return { startup: probeOf(coordinator, 'startup'), readiness: probeOf(coordinator, 'readiness') };
  }

  get address() {
    return `${SUBNET}.10`;
  }

  /** @returns {number} */
  get workers() {
    return this.#parts.workers['spec'].completions;
  }

  isTaken() {
    return this.#names().some((name) => this.#namespace.podman(['pod', 'exists', `${name}-pod`]).status === 0);
  }

  /** The weights of a run of the same settings that nobody disturbs, by one worker. */
  undisturbed() {
    const settings = Object.entries(jobSettings(this.#parts)).map(([name, value]) => `--${name}=${String(value)}`);
    const args = ['launch', ...settings, '--workers=1', '--run-dir=/tmp/run', '--quiet'];
    const command = `gradsocket ${args.join(' ')} >&2 && cat /tmp/run/summary.json`;
    const container = ['--rm', '--read-only', '--network=none', '--cap-drop=all', '--user=10001:10001', '--tmpfs=/tmp'];
    const out = this.#podman(['run', ...container, '--entrypoint=sh', this.#image(), '-c', command]);
    const { weightsDigest, steps } = JSON.parse(out);
    this.stepsInAll = Number(steps);
    return /** @type {string} */ (weightsDigest);
  }

  stepsInAll = 0;

  playCoordinator() {
    if (!this.#started) {
      this.#podman(['network', 'create', '--subnet', `${SUBNET}.0/24`, NETWORK]);
      this.#started = true;
    }
    const { coordinator, shared, service } = this.#parts;
    const name = coordinator['metadata'].name;
    const pod = podOf(coordinator, name, this.address);
    // The name of the Service leads to the pod.
    this.#play(name, asYaml([...shared, pod]), this.address, `:alias=${service}`);
  }

  /** @param {number} index */
  playWorker(index) {
    const address = `${SUBNET}.${20 + index}`;
    const name = this.#worker(index);
    this.#play(name, asYaml([podOf(this.#parts.workers, name, address)]), address);
  }

  /** @param {number} index */
  killWorker(index) {
    this.#podman(['kill', '--signal', 'KILL', this.#container(this.#worker(index))]);
  }

  /** As a node that is emptied: SIGTERM, and the grace period of the manifest. */
  stopCoordinator() {
    const begun = performance.now();
    const container = this.#container(this.#parts.coordinator['metadata'].name);
    this.#podman(['stop', container]);
    const seconds = (performance.now() - begun) / 1000;
    return { seconds, code: this.#exitCode(container) };
  }

  /** Throws, with its last words, where the coordinator has ended. */
  checkCoordinator() {
    const { name } = this.#parts.coordinator['metadata'];
    const code = this.#endedWith(name);
    if (code !== null) throw new Error(`${name} ended with ${code} before anybody could reach it:\n${this.logs(name)}`);
  }

  /** Its exit code; null: it runs. @param {string} name */
  #endedWith(name) {
    const state = this.#podman(['inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', this.#container(name)]);
    const [status, code] = state.trim().split(' ');
    return status === 'exited' ? Number(code) : null;
  }

  /** @param {string} name */
  #playAgain(name) {
    const index = this.#names().indexOf(name) - 1;
    if (index < 0) this.playCoordinator();
    else this.playWorker(index);
  }

  /** The newest step that the coordinator's log tells of. */
  step() {
    const { stdout, stderr } = this.#namespace.podman([
      'logs',
      this.#container(this.#parts.coordinator['metadata'].name),
    ]);
    const steps = [...`${stdout}${stderr}`.matchAll(/ event=\w+ step=(\d+)/g)].map(([, step]) => Number(step));
    return Math.max(0, ...steps);
  }

  /**
   * What the controller of Jobs does: a pod that ended otherwise than well is played again, unless its exit code ends the Job. Returns the
   * names of those that were, or null: all have ended well.
   */
  reconcile() {
    const states = this.#names().map((name) => ({ name, code: this.#endedWith(name) }));
    if (states.every(({ code }) => code === 0)) return null;
    const again = states.filter(({ code }) => code !== 0 && code !== null);
    for (const { name, code } of again) {
      if (endsTheJob(this.#jobOf(name), Number(code))) {
        throw new Error(`${name} ended with ${code}, which ends its Job:\n${this.logs(name)}`);
      }
      this.#playAgain(name);
    }
    return again.map(({ name, code }) => `${name} (${code})`);
  }

  /** Of the run in the volume. */
  digest() {
    const { volumes, containers } = this.#parts.coordinator['spec'].template.spec;
    const mount = containers[0].volumeMounts.find((/** @type {any} */ { mountPath }) => mountPath === '/runs');
    const claim = volumes.find((/** @type {any} */ { name }) => name === mount.name).persistentVolumeClaim.claimName;
    const folder = containers[0].args.find((/** @type {string} */ word) => word.startsWith('--run-dir=')).slice(10);
    const out = this.#podman([
      'run',
      '--rm',
      '--volume',
      `${claim}:/runs:ro`,
      '--entrypoint=cat',
      this.#image(),
      `${folder}/summary.json`,
    ]);
    return /** @type {string} */ (JSON.parse(out).weightsDigest);
  }

  /** @param {string} name */
  logs(name) {
    const full = this.#names().find((candidate) => candidate.includes(name)) ?? name;
    const { stdout, stderr } = this.#namespace.podman(['logs', '--tail', '40', this.#container(full)]);
    return `${full}:\n${stdout}${stderr}`;
  }

  remove() {
    const podman = (/** @type {readonly string[]} */ args) => this.#namespace.podman(args);
    for (const name of this.#names()) podman(['pod', 'rm', '--force', '--time', '0', `${name}-pod`]);
    for (const { kind, metadata } of this.#parts.shared) {
      if (kind === 'PersistentVolumeClaim') podman(['volume', 'rm', '--force', metadata.name]);
      if (kind === 'Secret') podman(['secret', 'rm', metadata.name]);
    }
    podman(['network', 'rm', '--force', NETWORK]);
  }

  /** @param {string} name @param {string} yaml @param {string} address @param {string} [options] */
  #play(name, yaml, address, options = '') {
    // What is left of the one before: a Job starts the next pod when the last one is gone.
    this.#namespace.podman(['pod', 'rm', '--force', `${name}-pod`]);
    const { status, stderr, stdout } = this.#namespace.podman(
      ['kube', 'play', '--network', `${NETWORK}${options}`, '--ip', address, '-'],
      { input: yaml },
    );
    if (status !== 0) throw new Error(`podman does not play ${name}: ${stderr.trim() || stdout.trim()}`);
  }

  /** @param {readonly string[]} args */
  #podman(args) {
    const { status, stdout, stderr } = this.#namespace.podman(args);
    if (status !== 0) throw new Error(`podman ${args.join(' ')}: ${stderr.trim()}`);
    return stdout;
  }

  /** @param {string} container */
  #exitCode(container) {
    return Number(this.#podman(['inspect', '--format', '{{.State.ExitCode}}', container]));
  }

  #names() {
    const workers = Array.from({ length: this.workers }, (_, index) => this.#worker(index));
    return [/** @type {string} */ (this.#parts.coordinator['metadata'].name), ...workers];
  }

  /** @param {number} index */
  #worker(index) {
    return `${this.#parts.workers['metadata'].name}-${index}`;
  }

  /** podman's name of the only container of a Job's pod. @param {string} name */
  #container(name) {
    return `${name}-pod-${this.#jobOf(name)['spec'].template.spec.containers[0].name}`;
  }

  /** @param {string} name */
  #jobOf(name) {
    const { coordinator, workers } = this.#parts;
    return name === coordinator['metadata'].name ? coordinator : workers;
  }

  #image() {
    return /** @type {string} */ (this.#parts.coordinator['spec'].template.spec.containers[0].image);
  }
}
