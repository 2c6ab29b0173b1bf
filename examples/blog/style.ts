export const style = `
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 0 auto; padding: 1rem; }
label { display: block; margin: .5rem 0; }
input, textarea { display: block; width: 100%; font: inherit; padding: .3rem; box-sizing: border-box; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.problem { color: #a00; margin: 0; }
table { width: 100%; border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: bold; }
th, td { width: 50%; border: 1px solid #ccc; padding: .4rem; text-align: left; vertical-align: top; }
.mine { background: #eef6ee; }
.theirs { background: #f6eeee; }
`;
