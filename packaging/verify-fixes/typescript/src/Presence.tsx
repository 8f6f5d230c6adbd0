import { useEffect, useState } from "react";
import { io } from "socket.io-client";

export function Presence({ room }: { room: string }) {
  const [online, setOnline] = useState(0);

  useEffect(() => {
    const socket = io("https://example.com");
    socket.emit("join", room);
    socket.on("online", setOnline);
  }, [room]);

  useEffect(() => {
    window.addEventListener("resize", () => setOnline((count) => count));
  }, []);

  return <span>{online}</span>;
}
