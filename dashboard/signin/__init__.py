"""Signing in, with a password kept here or at a provider: accounts, links, sessions, and the pages where one does so.

    door = open_door(home, bucket, idle_minutes)        one a process, shared by the routes and the script
    door.enter("mali@krua.example", password, device)   cookies of a new session, or an AccessError for who knocks
    door.person(cookie)                                 who has this cookie, asked at every rerun

Nothing here knows Streamlit. What is kept lies beside the menus (folder or bucket), never in people.json:

    accounts/<name>.json    one person's argon2id hash, and the invitation that is open, as a hash
    attempts/<name>.json    how often a name was tried in vain, whether there is such a person or not
    sessions/<name>.json    who is signed in, under a hash of the session's id
    sessions/key            what cookies and forms are signed with
"""
