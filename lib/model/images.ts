import { TCPXO } from './tcpxo.ts';

/**
 * The images that this library chooses by itself: version and, where it could be verified, the digest of the index of all
 * platforms.
 */
export const IMAGES = {
  juicefs:
    'docker.io/juicedata/mount:ce-v1.4.1@sha256:ab99388a397fe52575fdeb84a9e017c3c594a6b07d63966cd4805bbf6f172673',
  mlflow: 'ghcr.io/mlflow/mlflow:v3.15.1-full',
  postgres: 'docker.io/library/postgres:18.1@sha256:1090bc3a8ccfb0b55f78a494d76f8d603434f7e4553543d6e807bc7bd6bbd17f',
  pytorch: 'nvcr.io/nvidia/pytorch:25.06-py3@sha256:025d9b102b5436d4af8af58f12c6a46b7e5d16f19543b1d2cc4446bf2650b4f1',
  tcpxoDaemon: TCPXO.daemon,
  tcpxoPlugin: TCPXO.plugin,
  triton: 'nvcr.io/nvidia/tritonserver:26.04-py3',
  vllm: 'docker.io/vllm/vllm-openai:v0.27.1@sha256:0a51ea5b4ae2dc5d81890e5173f54203d2a3ae0cfffe51b8fd2afd4391bfd967',
} as const;
