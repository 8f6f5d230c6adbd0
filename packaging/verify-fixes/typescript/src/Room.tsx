import { useEffect, useState } from "react";
import { io, type Socket } from "socket.io-client";

interface Heard {
  joined: (user: { name: string }) => void;
  left: (count: number) => void;
}

const socket: Socket<Heard> = io("https://example.com/rooms");

export function Room() {
  const [names, setNames] = useState<string[]>([]);

  useEffect(() => {
    socket.on("joined", (user) => setNames((all) => [...all, user.name]));
    socket.onAny((event, ...rest) => console.log(event.length, rest.length));
  }, []);

  return <span>{names.length}</span>;
}
