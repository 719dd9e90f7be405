#!/usr/bin/env node
/** The command line, as npm installs it: `hypertuna <command>`. */
import { runBare } from './run-bare.ts'

runBare('app/cli/main.js', process.argv.slice(2))
