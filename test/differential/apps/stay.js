// Runs until it is told to end. It listens, so that its start is known to be over at once.
require('node:net').createServer().listen(0, '127.0.0.1');
