#!/usr/bin/env node
import { answerEarlySignals } from './command/early-signals.ts';

// Loading what follows takes a moment, and of process 1 in a container the system drops every signal that is not asked for.
answerEarlySignals();
await import('./command-line.ts');
