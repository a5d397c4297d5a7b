const words: readonly string[] = process.argv.slice(2);
console.log(words.join(' '));
