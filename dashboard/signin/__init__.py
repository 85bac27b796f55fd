"""Signing in with a password kept here: accounts, invitations, sessions, and the pages on which people do so.

    door = open_door(home, bucket, idle_minutes)        one a process, shared by the routes and the script
    door.enter("mali@krua.example", password, device)   a session's cookie, or an AccessError for the one who knocks
    door.person(cookie)                                 who has this cookie, asked at every rerun

Nothing here knows Streamlit. What is kept lies beside the menus (folder or bucket), never in people.json:

    accounts/<name>.json    one person's argon2id hash, and the invitation that is open, as a hash
    attempts/<name>.json    how often a name was tried in vain, whether there is such a person or not
    sessions/<name>.json    who is signed in, under a hash of the session's id
    sessions/key            what cookies and forms are signed with
"""
