/** What is wrong with the microphone, and what to do about it. */

const INSTEAD = "Or drop a sound file on this page.";

/** In words, from what getUserMedia threw. */
export function microphoneFault(error: unknown, secure: boolean): string {
  if (!secure) {
    return `Browsers give the microphone only to pages of this machine (http://127.0.0.1) or over https, so not to this address. ${INSTEAD}`;
  }
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return `The microphone is not allowed here. Allow it with the icon beside the address, or in the system's privacy settings, and press Record again. ${INSTEAD}`;
    case "NotFoundError":
    case "OverconstrainedError":
      return `No microphone was found. Plug one in and press Record again. ${INSTEAD}`;
    case "NotReadableError":
    case "AbortError":
      return `The microphone is busy or switched off: another program may hold it. Close that program and press Record again. ${INSTEAD}`;
    case "TimeoutError":
      return `The browser's sound does not begin, which some browsers need to record. Connect headphones or a loudspeaker and press Record again. ${INSTEAD}`;
    default:
      return `The microphone cannot be used: ${error instanceof Error ? error.message : String(error)}. ${INSTEAD}`;
  }
}

/** The microphone works and gives nothing. */
export function silentFault(device: string): string {
  const which = device ? `"${device}"` : "The microphone";
  return `${which} gave only silence. It may be muted, turned down, or not the one that you speak into: look at the system's sound settings, then record again. ${INSTEAD}`;
}
