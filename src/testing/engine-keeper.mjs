// Runs the command given as arguments, and ends it when standard input closes: the pipe closes
// however the parent ends, SIGKILL included, so no engine outlives the run that started it.
import { spawn } from "node:child_process";

const [command, ...args] = process.argv.slice(2);
const engine = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] });

const end = () => engine.kill("SIGKILL");
process.stdin.resume();
process.stdin.on("close", end);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, end);

engine.on("error", (error) => {
  process.stderr.write(`${error.message}\n`);
  process.exit(127);
});
engine.on("exit", (code) => process.exit(code ?? 0));
