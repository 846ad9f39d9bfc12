/** What is installed: exact versions and digests, so that every machine gets the same bytes. */

export const TENSORFLOW_VERSION = '2.21.0';

export type Variant = 'cpu' | 'gpu';

export interface Wheel {
  /** The package's name and version for pip. */
  readonly name: string;
  readonly version: string;
  /** pip's name for the binary interface of the Python that the wheel is for. The libraries in it do not care. */
  readonly abi: 'cp312' | 'none';
  /** pip's name for the platform. */
  readonly platform: string;
  readonly sha256: string;
  /** Bytes of the wheel, and of what is taken out of it. */
  readonly size: number;
  readonly unpacked: number;
}

/** The Python for which pip is told to choose. */
export const PYTHON_VERSION = '3.12';

export interface Pins {
  readonly tensorflow: Readonly<Record<Variant, Wheel>>;
  /** The same release for other Pythons: good enough where a wheel is handed over with --from. */
  readonly alternatives: Readonly<Record<Variant, readonly string[]>>;
  /** What the GPU wheel's metadata names as its extra `and-cuda`. */
  readonly cuda: readonly Wheel[];
  readonly sources: {
    readonly name: string;
    readonly version: string;
    readonly integrity: string;
    readonly sha256: string;
  };
}

const cuda = (
  name: string,
  version: string,
  platform: string,
  size: number,
  unpacked: number,
  sha256: string,
): Wheel => ({ name: `nvidia-${name}-cu12`, version, abi: 'none', platform, size, unpacked, sha256 });

export const PINS: Pins = {
  tensorflow: {
    cpu: {
      name: 'tensorflow-cpu',
      version: TENSORFLOW_VERSION,
      abi: 'cp312',
      platform: 'manylinux_2_27_x86_64',
      sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
      size: 274_000_871,
      unpacked: 853_500_000,
    },
    gpu: {
      name: 'tensorflow',
      version: TENSORFLOW_VERSION,
      abi: 'cp312',
      platform: 'manylinux_2_27_x86_64',
      sha256: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
      size: 572_611_111,
      unpacked: 1_259_200_000,
    },
  },
  alternatives: {
    // cp310, cp311, cp313
    cpu: [
      'd143e92f5c0661cdfa26eaca8f73cd2efd0ec53a68af8dec82f584ba8eb14b83',
      '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
      '05af7c26d35f4de910b5598c7b507e3981831a7b0f47fed9a405d995d51d7793',
    ],
    gpu: [
      '77c6f298e695ea1d283cdd7d30f8d97530cc6e92c1395a9ddbab9771c99233a4',
      '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
      'e9d8da8dcab9650efb45f032ba70af2f016f907e6e0c6bda29dd101bba945406',
    ],
  },
  cuda: [
    cuda(
      'cublas',
      '12.9.3.13',
      'manylinux_2_27_x86_64',
      581_217_458,
      855_000_000,
      'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
    ),
    cuda(
      'cuda-cupti',
      '12.9.79',
      'manylinux_2_25_x86_64',
      10_814_997,
      43_000_000,
      '096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f',
    ),
    cuda(
      'cuda-nvcc',
      '12.9.86',
      'manylinux2010_x86_64',
      40_546_229,
      98_000_000,
      '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
    ),
    cuda(
      'cuda-nvrtc',
      '12.9.86',
      'manylinux2010_x86_64',
      89_568_129,
      227_000_000,
      '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
    ),
    cuda(
      'cuda-runtime',
      '12.9.79',
      'manylinux2014_x86_64',
      3_493_179,
      1_000_000,
      '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
    ),
    cuda(
      'cudnn',
      '9.28.0.42',
      'manylinux_2_27_x86_64',
      716_538_495,
      1_162_000_000,
      '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
    ),
    cuda(
      'cufft',
      '11.4.1.4',
      'manylinux2014_x86_64',
      200_877_592,
      293_000_000,
      'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
    ),
    cuda(
      'curand',
      '10.3.10.19',
      'manylinux_2_27_x86_64',
      68_295_626,
      166_000_000,
      '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e',
    ),
    cuda(
      'cusolver',
      '11.7.5.82',
      'manylinux_2_27_x86_64',
      338_117_415,
      494_000_000,
      '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
    ),
    cuda(
      'cusparse',
      '12.5.10.65',
      'manylinux2014_x86_64',
      366_465_088,
      486_000_000,
      '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
    ),
    cuda(
      'nccl',
      '2.32.3',
      'manylinux_2_27_x86_64',
      351_526_311,
      489_000_000,
      'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c',
    ),
    cuda(
      'nvjitlink',
      '12.9.86',
      'manylinux2010_x86_64',
      39_748_338,
      95_000_000,
      'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
    ),
  ],
  sources: {
    name: '@tensorflow/tfjs-node-gpu',
    version: '4.22.0',
    integrity: 'sha512-p//NN6DGiN4hInUmIkRffaFVMcdTREUMjPyjW04J7OXvB2zBlQimj61eFKSgRrH3f5TnOfKzb0n56he/B6a4bw==',
    sha256: 'ca2a7b17640215f5a31963c8516bce1da6bf7338de4d3b09a944be336dd28c82',
  },
};

/** All wheels of a variant, TensorFlow's first. */
export function wheelsOf(pins: Pins, variant: Variant): readonly Wheel[] {
  return variant === 'gpu' ? [pins.tensorflow.gpu, ...pins.cuda] : [pins.tensorflow.cpu];
}

/** How the wheel's file starts: pip writes `-` in names as `_`. */
export function wheelPrefix({ name, version }: Wheel): string {
  return `${name.replaceAll('-', '_')}-${version}-`;
}
