setInterval(() => {}, 1000);
process.on('message', (packet) => {
  if (packet.topic === 'ask') process.send({ type: 'process:msg', data: { heard: packet.data.word } });
});
process.stdin.on('data', (text) => console.log(`stdin ${text}`.trim()));
