// @ts-check
// Coordinator and workers in containers of podman, on the network of this machine: Prometheus finds them where the processes would be.

/** Nothing more than deploy/ gives them. */
const LEAST = [
  '--read-only',
  '--cap-drop=all',
  '--user=12345:12345',
  '--memory=1g',
  '--tmpfs=/tmp',
  '--tmpfs=/runs:mode=1777',
];

export class Containers {
  #namespace;
  #image;
  /** @type {string[]} */
  #started = [];
  /** In the coordinator's container. */
  runDir = '/runs/run';

  /** @param {import('../deploy-try/namespace.mjs').Namespace} namespace @param {string} image */
  constructor(namespace, image) {
    this.#namespace = namespace;
    this.#image = image;
  }

  /** @param {string} name @param {readonly string[]} words of gradsocket */
  run(name, words) {
    this.#started.push(name);
    this.#podman(['run', '--detach', '--name', of(name), '--network=host', ...LEAST, this.#image, ...words]);
  }

  /** As a person would: asked to leave, it leaves. @param {string} name */
  stop(name) {
    this.#podman(['stop', of(name)]);
    return 'podman stop';
  }

  /** @param {string} name */
  goOn(name) {
    this.#podman(['start', of(name)]);
    return 'podman start';
  }

  /** @param {string} name */
  said(name) {
    const { stdout, stderr } = this.#namespace.podman(['logs', of(name)]);
    return `${stdout}${stderr}`;
  }

  end() {
    for (const name of this.#started) this.#namespace.podman(['rm', '--force', '--time', '0', of(name)]);
    this.#namespace.close();
  }

  /** @param {readonly string[]} args */
  #podman(args) {
    const { status, stderr } = this.#namespace.podman(args);
    if (status !== 0) throw new Error(`podman ${args.join(' ')}: ${stderr.trim()}`);
  }
}

/** @param {string} name */
function of(name) {
  return `gradsocket-monitoring-${name}`;
}
